// Drives go-mssqldb: a request a line on standard input, its answer a line on standard output (clients/program.py).
package main

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/golang-sql/civil"
	"github.com/golang-sql/sqlexp"
	mssql "github.com/microsoft/go-mssqldb"
)

type request struct {
	Op          string            `json:"op"`
	To          int               `json:"to"`
	ID          int               `json:"id"`
	Host        string            `json:"host"`
	Port        int               `json:"port"`
	Certificate string            `json:"certificate"`
	Database    string            `json:"database"`
	User        string            `json:"user"`
	Password    string            `json:"password"`
	Encrypt     string            `json:"encrypt"`
	Verify      bool              `json:"verify"`
	TimeoutS    float64           `json:"timeout_s"`
	PacketBytes int               `json:"packet_bytes"`
	SQL         string            `json:"sql"`
	Procedure   string            `json:"procedure"`
	Parameters  [][]*string       `json:"parameters"`
	Outputs     map[string]string `json:"outputs"`
	CancelMs    int               `json:"cancel_ms"`
	Table       string            `json:"table"`
	Columns     [][]string        `json:"columns"`
	Rows        json.RawMessage   `json:"rows"`
	Count       int               `json:"count"`
	Statements  []string          `json:"statements"`
}

type result struct {
	Columns []string     `json:"columns"`
	Rows    [][][]string `json:"rows"`
}

type told struct {
	Text      string `json:"text"`
	Number    int32  `json:"number"`
	State     uint8  `json:"state"`
	Severity  uint8  `json:"severity"`
	Line      int32  `json:"line"`
	Procedure string `json:"procedure,omitempty"`
}

type message struct {
	Text     string `json:"text"`
	Number   int32  `json:"number"`
	State    uint8  `json:"state"`
	Severity uint8  `json:"severity"`
	Line     int32  `json:"line"`
}

type answer struct {
	To        int                 `json:"to"`
	Results   []result            `json:"results,omitempty"`
	Messages  []message           `json:"messages,omitempty"`
	Outputs   map[string][]string `json:"outputs,omitempty"`
	Status    *int                `json:"status,omitempty"`
	Error     *told               `json:"error,omitempty"`
	Cancelled string              `json:"cancelled,omitempty"`
	Failed    string              `json:"failed,omitempty"`
	Seconds   float64             `json:"seconds,omitempty"`
}

// runner is what a connection and a transaction have in common.
type runner interface {
	QueryContext(context.Context, string, ...interface{}) (*sql.Rows, error)
	ExecContext(context.Context, string, ...interface{}) (sql.Result, error)
	PrepareContext(context.Context, string) (*sql.Stmt, error)
}

type connection struct {
	db      *sql.DB
	conn    *sql.Conn
	tx      *sql.Tx
	timeout time.Duration
}

func (c *connection) on() runner {
	if c.tx != nil {
		return c.tx
	}
	return c.conn
}

func open(r *request) *sql.DB {
	q := url.Values{}
	q.Set("database", r.Database)
	q.Set("encrypt", map[string]string{"off": "disable", "login": "false", "on": "true", "strict": "strict"}[r.Encrypt])
	q.Set("dial timeout", "30")
	if r.Verify {
		q.Set("certificate", r.Certificate)
		q.Set("hostNameInCertificate", "localhost")
	} else {
		q.Set("TrustServerCertificate", "true")
	}
	if r.PacketBytes != 0 {
		q.Set("packet size", strconv.Itoa(r.PacketBytes))
	}
	u := url.URL{Scheme: "sqlserver", User: url.UserPassword(r.User, r.Password), Host: fmt.Sprintf("%s:%d", r.Host, r.Port),
		RawQuery: q.Encode()}
	db, err := sql.Open("sqlserver", u.String())
	if err != nil {
		panic(err)
	}
	return db
}

func fail(a *answer, err error) {
	var known mssql.Error
	switch {
	case err == nil:
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		a.Cancelled = err.Error()
	case errors.As(err, &known):
		first := known
		if len(known.All) > 0 {
			first = known.All[0]
		}
		a.Error = &told{first.Message, first.Number, first.State, first.Class, first.LineNo, first.ProcName}
	default:
		a.Error = &told{Text: err.Error()}
	}
}

const moment = "2006-01-02T15:04:05.0000000"

func shown(value interface{}, kind string) []string {
	switch v := value.(type) {
	case nil:
		return nil
	case bool:
		return []string{"bool", strconv.FormatBool(v)}
	case int64:
		return []string{"int", strconv.FormatInt(v, 10)}
	case float32: // of a real column without NULLs
		return []string{"float", strconv.FormatFloat(float64(v), 'g', -1, 64)}
	case float64:
		return []string{"float", strconv.FormatFloat(v, 'g', -1, 64)}
	case string:
		return []string{"str", v}
	case time.Time:
		switch kind {
		case "DATE":
			return []string{"date", v.Format("2006-01-02")}
		case "TIME":
			return []string{"time", v.Format("15:04:05.0000000")}
		case "DATETIMEOFFSET":
			return []string{"offset", v.Format(moment + "-07:00")}
		}
		return []string{"datetime", v.Format(moment)}
	case []byte:
		switch kind {
		case "DECIMAL", "NUMERIC", "MONEY", "SMALLMONEY":
			return []string{"decimal", string(v)}
		case "UNIQUEIDENTIFIER":
			var u mssql.UniqueIdentifier
			if err := u.Scan(v); err != nil {
				panic(err)
			}
			return []string{"uuid", u.String()}
		}
		return []string{"bytes", hex.EncodeToString(v)}
	case civil.Date, civil.DateTime, civil.Time:
		return []string{"str", fmt.Sprint(v)}
	}
	panic(fmt.Sprintf("a value of %T", value))
}

func parse(layout, text string) time.Time {
	t, err := time.Parse(layout, text)
	if err != nil {
		panic(err)
	}
	return t
}

// typed makes a parameter of kind, text and, of parameters, the declared type.
func typed(cell []*string) interface{} {
	kind, text := *cell[0], cell[1]
	if text == nil {
		switch kind {
		case "bytes":
			return []byte(nil)
		}
		return nil
	}
	t := *text
	switch kind {
	case "bool":
		return t == "true"
	case "int":
		n, err := strconv.ParseInt(t, 10, 64)
		if err != nil {
			panic(err)
		}
		return n
	case "float":
		f, err := strconv.ParseFloat(t, 64)
		if err != nil {
			panic(err)
		}
		return f
	case "bytes":
		b, err := hex.DecodeString(t)
		if err != nil {
			panic(err)
		}
		return b
	case "date":
		return civil.DateOf(parse("2006-01-02", t))
	case "time":
		return civil.TimeOf(parse("15:04:05.999999999", t))
	case "datetime":
		return civil.DateTimeOf(parse("2006-01-02T15:04:05.999999999", t))
	case "offset":
		return mssql.DateTimeOffset(parse(time.RFC3339Nano, t))
	case "uuid":
		var u mssql.UniqueIdentifier
		if err := u.Scan(t); err != nil {
			panic(err)
		}
		return u
	}
	return t
}

// gather reads all results of a statement.
func gather(rows *sql.Rows, a *answer) error {
	defer rows.Close()
	for {
		names, err := rows.Columns()
		if err != nil {
			return err
		}
		types, err := rows.ColumnTypes()
		if err != nil {
			return err
		}
		if len(names) > 0 {
			one := result{Columns: names}
			for rows.Next() {
				cells := make([]interface{}, len(names))
				for i := range cells {
					cells[i] = new(interface{})
				}
				if err := rows.Scan(cells...); err != nil {
					return err
				}
				row := make([][]string, len(names))
				for i, cell := range cells {
					row[i] = shown(*cell.(*interface{}), types[i].DatabaseTypeName())
				}
				one.Rows = append(one.Rows, row)
			}
			a.Results = append(a.Results, one)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if !rows.NextResultSet() {
			return rows.Err()
		}
	}
}

// gatherMessages reads results and messages in the order in which the server sends them.
func gatherMessages(ctx context.Context, rows *sql.Rows, note *sqlexp.ReturnMessage, a *answer) error {
	defer rows.Close()
	var failed error
	for active := true; active; {
		switch m := note.Message(ctx).(type) {
		case sqlexp.MsgNotice:
			if known, ok := m.Message.(mssql.Error); ok {
				a.Messages = append(a.Messages, message{known.Message, known.Number, known.State, known.Class, known.LineNo})
			} else {
				a.Messages = append(a.Messages, message{Text: m.Message.String()})
			}
		case sqlexp.MsgError:
			if failed == nil {
				failed = m.Error
			}
		case sqlexp.MsgNext:
			types, err := rows.ColumnTypes()
			if err != nil {
				return err
			}
			one := result{}
			for _, kind := range types {
				one.Columns = append(one.Columns, kind.Name())
			}
			for rows.Next() {
				cells := make([]interface{}, len(types))
				for i := range cells {
					cells[i] = new(interface{})
				}
				if err := rows.Scan(cells...); err != nil {
					return err
				}
				row := make([][]string, len(types))
				for i, cell := range cells {
					row[i] = shown(*cell.(*interface{}), types[i].DatabaseTypeName())
				}
				one.Rows = append(one.Rows, row)
			}
			a.Results = append(a.Results, one)
		case sqlexp.MsgNextResultSet:
			active = rows.NextResultSet()
		}
	}
	if failed == nil {
		failed = rows.Err()
	}
	return failed
}

func (c *connection) context(r *request) (context.Context, context.CancelFunc) {
	switch {
	case r.CancelMs > 0:
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(time.Duration(r.CancelMs)*time.Millisecond, cancel)
		return ctx, cancel
	case c.timeout > 0:
		return context.WithTimeout(context.Background(), c.timeout)
	}
	return context.WithCancel(context.Background())
}

func (c *connection) query(r *request, a *answer) error {
	ctx, cancel := c.context(r)
	defer cancel()
	note := &sqlexp.ReturnMessage{}
	arguments := []interface{}{}
	for n, cell := range r.Parameters {
		arguments = append(arguments, sql.Named("p"+strconv.Itoa(n+1), typed(cell)))
	}
	arguments = append(arguments, note)
	rows, err := c.on().QueryContext(ctx, r.SQL, arguments...)
	if err != nil {
		return err
	}
	err = gatherMessages(ctx, rows, note, a)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (c *connection) call(r *request, a *answer) error {
	ctx, cancel := c.context(r)
	defer cancel()
	arguments := []interface{}{}
	for _, cell := range r.Parameters {
		arguments = append(arguments, sql.Named(*cell[3], typed(cell)))
	}
	numbers, texts := map[string]*int64{}, map[string]*sql.NullString{}
	for name, kind := range r.Outputs {
		if kind == "int" {
			numbers[name] = new(int64)
			arguments = append(arguments, sql.Named(name, sql.Out{Dest: numbers[name]}))
		} else {
			texts[name] = new(sql.NullString)
			arguments = append(arguments, sql.Named(name, sql.Out{Dest: texts[name]}))
		}
	}
	var status mssql.ReturnStatus
	arguments = append(arguments, &status)
	rows, err := c.on().QueryContext(ctx, r.Procedure, arguments...)
	if err != nil {
		return err
	}
	if err := gather(rows, a); err != nil {
		return err
	}
	a.Outputs = map[string][]string{}
	for name, value := range numbers {
		a.Outputs[name] = []string{"int", strconv.FormatInt(*value, 10)}
	}
	for name, value := range texts {
		kind := "str"
		if strings.HasPrefix(r.Outputs[name], "decimal") {
			kind = "decimal"
		}
		a.Outputs[name] = []string{kind, value.String}
	}
	n := int(status)
	a.Status = &n
	return nil
}

func (c *connection) prepared(r *request, a *answer) error {
	var all [][][]*string
	if err := json.Unmarshal(r.Rows, &all); err != nil {
		return err
	}
	statement, err := c.on().PrepareContext(context.Background(), r.SQL)
	if err != nil {
		return err
	}
	defer statement.Close()
	for _, cells := range all {
		arguments := []interface{}{}
		for n, cell := range cells {
			arguments = append(arguments, sql.Named("p"+strconv.Itoa(n+1), typed(cell)))
		}
		rows, err := statement.Query(arguments...)
		if err != nil {
			return err
		}
		if err := gather(rows, a); err != nil {
			return err
		}
	}
	return nil
}

func (c *connection) bulk(r *request) error {
	var all [][][]*string
	if err := json.Unmarshal(r.Rows, &all); err != nil {
		return err
	}
	names := []string{}
	for _, column := range r.Columns {
		names = append(names, column[0])
	}
	tx, err := c.conn.BeginTx(context.Background(), nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	statement, err := tx.Prepare(mssql.CopyIn(r.Table, mssql.BulkOptions{KeepNulls: true}, names...))
	if err != nil {
		return err
	}
	for _, cells := range all {
		values := make([]interface{}, len(cells))
		for i, cell := range cells {
			if cell == nil {
				continue
			}
			switch v := typed(cell).(type) {
			case civil.Date:
				values[i] = v.In(time.UTC)
			case civil.DateTime:
				values[i] = v.In(time.UTC)
			default:
				values[i] = v
			}
		}
		if _, err := statement.Exec(values...); err != nil {
			return err
		}
	}
	if _, err := statement.Exec(); err != nil {
		return err
	}
	if err := statement.Close(); err != nil {
		return err
	}
	return tx.Commit()
}

// pooled runs statements one after another, each on what a pool of one connection hands out.
func pooled(r *request, a *answer) error {
	db := open(r)
	defer db.Close()
	db.SetMaxOpenConns(1)
	for _, text := range r.Statements {
		rows, err := db.Query(text)
		if err != nil {
			return err
		}
		if err := gather(rows, a); err != nil {
			return err
		}
	}
	return nil
}

func many(r *request, a *answer) error {
	db := open(r)
	defer db.Close()
	a.Results = make([]result, r.Count)
	failed := make(chan error, r.Count)
	ready := sync.WaitGroup{}
	ready.Add(r.Count)
	for n := 0; n < r.Count; n++ {
		go func(n int) {
			conn, err := db.Conn(context.Background())
			ready.Done()
			if err != nil {
				failed <- err
				return
			}
			defer conn.Close()
			ready.Wait()
			rows, err := conn.QueryContext(context.Background(), "SELECT "+strconv.Itoa(n)+" AS n")
			if err == nil {
				one := answer{}
				err = gather(rows, &one)
				if err == nil {
					a.Results[n] = one.Results[0]
				}
			}
			failed <- err
		}(n)
	}
	var first error
	for n := 0; n < r.Count; n++ {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	return first
}

// points runs one prepared statement for each of Count keys and tells how long it took.
func (c *connection) points(r *request, a *answer) error {
	statement, err := c.conn.PrepareContext(context.Background(), r.SQL)
	if err != nil {
		return err
	}
	defer statement.Close()
	start := time.Now()
	for n := 0; n < r.Count; n++ {
		var seen interface{}
		if err := statement.QueryRow(int64(n)).Scan(&seen); err != nil {
			return err
		}
	}
	a.Seconds = time.Since(start).Seconds()
	return nil
}

// drain reads all rows of a query and tells how long it took.
func (c *connection) drain(r *request, a *answer) error {
	start := time.Now()
	rows, err := c.conn.QueryContext(context.Background(), r.SQL)
	if err != nil {
		return err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return err
	}
	cells := make([]interface{}, len(names))
	for i := range cells {
		cells[i] = new(interface{})
	}
	count := 0
	for rows.Next() {
		if err := rows.Scan(cells...); err != nil {
			return err
		}
		count++
	}
	a.Seconds = time.Since(start).Seconds()
	a.Status = &count
	return rows.Err()
}

var (
	lock        sync.Mutex
	connections = map[int]*connection{}
)

func connect(r *request) error {
	c := &connection{db: open(r), timeout: time.Duration(r.TimeoutS * float64(time.Second))}
	c.db.SetMaxOpenConns(1)
	conn, err := c.db.Conn(context.Background())
	if err != nil {
		c.db.Close()
		return err
	}
	c.conn = conn
	lock.Lock()
	connections[r.ID] = c
	lock.Unlock()
	return nil
}

func (c *connection) end(commit bool) error {
	tx := c.tx
	c.tx = nil
	if commit {
		return tx.Commit()
	}
	return tx.Rollback()
}

func (c *connection) close(id int) error {
	lock.Lock()
	delete(connections, id)
	lock.Unlock()
	if c.tx != nil {
		c.tx.Rollback()
	}
	c.conn.Close()
	return c.db.Close()
}

func handle(r *request, a *answer) (err error) {
	lock.Lock()
	c := connections[r.ID]
	lock.Unlock()
	switch r.Op {
	case "connect":
		return connect(r)
	case "pooled":
		return pooled(r, a)
	case "many":
		return many(r, a)
	case "query":
		return c.query(r, a)
	case "call":
		return c.call(r, a)
	case "prepared":
		return c.prepared(r, a)
	case "bulk":
		return c.bulk(r)
	case "points":
		return c.points(r, a)
	case "drain":
		return c.drain(r, a)
	case "begin":
		c.tx, err = c.conn.BeginTx(context.Background(), nil)
		return err
	case "commit":
		return c.end(true)
	case "rollback":
		return c.end(false)
	case "close":
		return c.close(r.ID)
	}
	return fmt.Errorf("unknown op %s", r.Op)
}

func main() {
	out := json.NewEncoder(os.Stdout)
	var writing sync.Mutex
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		r := &request{}
		if err := json.Unmarshal(line, r); err != nil {
			panic(err)
		}
		go func() {
			a := &answer{To: r.To}
			defer func() {
				if problem := recover(); problem != nil {
					*a = answer{To: r.To, Failed: strings.TrimSpace(fmt.Sprint(problem))}
				}
				writing.Lock()
				out.Encode(a)
				writing.Unlock()
			}()
			fail(a, handle(r, a))
		}()
	}
}
