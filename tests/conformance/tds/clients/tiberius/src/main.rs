//! Drives tiberius: a request a line on standard input, its answer a line on standard output (clients/program.py).

use serde_json::{json, Map, Value};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tiberius::numeric::Numeric;
use tiberius::time::chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use tiberius::{
    AuthMethod, Client, ColumnData, Config, EncryptionLevel, FromSql, Query, Row, TokenRow,
};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Mutex;
use tokio_util::compat::{Compat, TokioAsyncWriteCompatExt};

type Connection = Client<Compat<TcpStream>>;
type Problem = Box<dyn std::error::Error + Send + Sync>;

struct Open {
    client: Connection,
    timeout_s: u64,
}

type Connections = Arc<Mutex<HashMap<i64, Arc<Mutex<Open>>>>>;

fn text<'a>(request: &'a Value, name: &str) -> &'a str {
    request[name].as_str().unwrap_or_default()
}

async fn connect(r: &Value) -> Result<Open, Problem> {
    let mut config = Config::new();
    config.host(text(r, "host"));
    config.port(r["port"].as_u64().unwrap_or(0) as u16);
    config.database(text(r, "database"));
    config.authentication(AuthMethod::sql_server(text(r, "user"), text(r, "password")));
    config.encryption(match text(r, "encrypt") {
        "off" => EncryptionLevel::NotSupported,
        "login" => EncryptionLevel::Off,
        _ => EncryptionLevel::Required,
    });
    if r["verify"].as_bool() == Some(true) {
        config.trust_cert_ca(text(r, "certificate"));
    } else {
        config.trust_cert();
    }
    let socket = TcpStream::connect(config.get_addr()).await?;
    socket.set_nodelay(true)?;
    let client = Client::connect(config, socket.compat_write()).await?;
    Ok(Open {
        client,
        timeout_s: r["timeout_s"].as_u64().unwrap_or(0),
    })
}

fn decimal(n: Numeric) -> String {
    let digits = n.value().unsigned_abs().to_string();
    let scale = n.scale() as usize;
    let padded = format!("{:0>width$}", digits, width = scale + 1);
    let (whole, part) = padded.split_at(padded.len() - scale);
    let sign = if n.value() < 0 { "-" } else { "" };
    if scale == 0 {
        format!("{}{}", sign, whole)
    } else {
        format!("{}{}.{}", sign, whole, part)
    }
}

fn moment<'a, T: FromSql<'a>>(cell: &'a ColumnData<'static>) -> Option<T> {
    T::from_sql(cell).expect("a moment")
}

fn shown(cell: &ColumnData<'static>) -> Value {
    let one = |kind: &str, value: Option<String>| value.map_or(Value::Null, |v| json!([kind, v]));
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|b| format!("{:02x}", b))
            .collect::<String>()
    };
    match cell {
        ColumnData::Bit(v) => one("bool", v.map(|v| v.to_string())),
        ColumnData::U8(v) => one("int", v.map(|v| v.to_string())),
        ColumnData::I16(v) => one("int", v.map(|v| v.to_string())),
        ColumnData::I32(v) => one("int", v.map(|v| v.to_string())),
        ColumnData::I64(v) => one("int", v.map(|v| v.to_string())),
        ColumnData::F32(v) => one("float", v.map(|v| f64::from(v).to_string())),
        ColumnData::F64(v) => one("float", v.map(|v| format!("{:e}", v))),
        ColumnData::String(v) => one("str", v.as_ref().map(|v| v.to_string())),
        ColumnData::Xml(v) => one("str", v.as_ref().map(|v| v.to_string())),
        ColumnData::Guid(v) => one("uuid", v.map(|v| v.to_string())),
        ColumnData::Binary(v) => one("bytes", v.as_ref().map(|v| hex(v))),
        ColumnData::Numeric(v) => one("decimal", v.map(decimal)),
        ColumnData::Date(_) => one("date", moment::<NaiveDate>(cell).map(|v| v.to_string())),
        ColumnData::Time(_) => one(
            "time",
            moment::<NaiveTime>(cell).map(|v| format!("{:?}", v)),
        ),
        ColumnData::DateTimeOffset(_) => one(
            "offset",
            moment::<DateTime<FixedOffset>>(cell).map(|v| format!("{:?}", v)),
        ),
        _ => one(
            "datetime",
            moment::<NaiveDateTime>(cell).map(|v| format!("{:?}", v)),
        ),
    }
}

fn typed(cell: &Value) -> ColumnData<'static> {
    use tiberius::IntoSql;
    let kind = cell[0].as_str().unwrap_or_default();
    let value = cell[1].as_str().map(str::to_owned);
    let unhex = |t: String| -> Vec<u8> {
        (0..t.len() / 2)
            .map(|n| u8::from_str_radix(&t[2 * n..2 * n + 2], 16).expect("hex"))
            .collect()
    };
    match kind {
        "bool" => ColumnData::Bit(value.map(|t| t == "true")),
        "int" => ColumnData::I64(value.map(|t| t.parse().expect("int"))),
        "float" => ColumnData::F64(value.map(|t| t.parse().expect("float"))),
        "decimal" => ColumnData::Numeric(value.map(|t| {
            let scale = t.split_once('.').map_or(0, |(_, part)| part.len());
            Numeric::new_with_scale(t.replace('.', "").parse().expect("decimal"), scale as u8)
        })),
        "bytes" => ColumnData::Binary(value.map(|t| unhex(t).into())),
        "uuid" => ColumnData::Guid(value.map(|t| t.parse().expect("uuid"))),
        "date" => value
            .map(|t| t.parse::<NaiveDate>().expect("date"))
            .into_sql(),
        "time" => value
            .map(|t| t.parse::<NaiveTime>().expect("time"))
            .into_sql(),
        "datetime" => value
            .map(|t| t.parse::<NaiveDateTime>().expect("moment"))
            .into_sql(),
        "offset" => value
            .map(|t| DateTime::parse_from_rfc3339(&t).expect("offset"))
            .into_sql(),
        _ => ColumnData::String(value.map(Into::into)),
    }
}

struct Parameter(ColumnData<'static>);

impl<'a> tiberius::IntoSql<'a> for Parameter {
    fn into_sql(self) -> ColumnData<'a> {
        self.0
    }
}

fn result(columns: Vec<String>, rows: Vec<Row>) -> Value {
    let rows: Vec<Value> = rows
        .into_iter()
        .map(|row| row.into_iter().map(|cell| shown(&cell)).collect())
        .collect();
    json!({ "columns": columns, "rows": rows })
}

async fn query(open: &mut Open, r: &Value) -> Result<Value, Problem> {
    let mut statement = Query::new(text(r, "sql").to_owned());
    let parameters = r["parameters"].as_array().cloned().unwrap_or_default();
    for cell in &parameters {
        statement.bind(Parameter(typed(cell)));
    }
    let stream = if parameters.is_empty() {
        open.client.simple_query(text(r, "sql").to_owned()).await?
    } else {
        statement.query(&mut open.client).await?
    };
    gather(stream).await
}

async fn gather(mut stream: tiberius::QueryStream<'_>) -> Result<Value, Problem> {
    use futures_util::TryStreamExt;
    let mut results: Vec<(Vec<String>, Vec<Row>)> = Vec::new();
    while let Some(item) = stream.try_next().await? {
        match item {
            tiberius::QueryItem::Metadata(meta) => {
                results.push((
                    meta.columns().iter().map(|c| c.name().to_owned()).collect(),
                    Vec::new(),
                ));
            }
            tiberius::QueryItem::Row(row) => results.last_mut().expect("metadata").1.push(row),
        }
    }
    Ok(
        json!({ "results": results.into_iter().map(|(columns, rows)| result(columns, rows)).collect::<Vec<_>>() }),
    )
}

async fn bulk(open: &mut Open, r: &Value) -> Result<Value, Problem> {
    let mut load = open.client.bulk_insert(text(r, "table")).await?;
    let none = Vec::new();
    let declared: Vec<&str> = r["columns"]
        .as_array()
        .unwrap_or(&none)
        .iter()
        .map(|c| c[1].as_str().unwrap_or_default())
        .collect();
    for cells in r["rows"].as_array().unwrap_or(&none) {
        let mut row = TokenRow::new();
        for (cell, kind) in cells.as_array().unwrap_or(&none).iter().zip(&declared) {
            row.push(stored(typed(cell), cell.is_null(), kind));
        }
        load.send(row).await?;
    }
    load.finalize().await?;
    Ok(json!({}))
}

/// A bulk load takes values of the column's own type only.
fn stored(value: ColumnData<'static>, null: bool, declared: &str) -> ColumnData<'static> {
    let base = declared.split('(').next().unwrap_or_default();
    match (base, value) {
        ("int", ColumnData::I64(v)) => ColumnData::I32(v.map(|v| v as i32)),
        ("int", _) if null => ColumnData::I32(None),
        ("bigint", _) if null => ColumnData::I64(None),
        ("bit", _) if null => ColumnData::Bit(None),
        ("float", _) if null => ColumnData::F64(None),
        ("decimal", _) if null => ColumnData::Numeric(None),
        ("date", _) if null => ColumnData::Date(None),
        ("datetime2", _) if null => ColumnData::DateTime2(None),
        ("decimal", ColumnData::Numeric(Some(v))) => {
            let scale = declared
                .trim_end_matches(')')
                .rsplit(',')
                .next()
                .and_then(|digits| digits.trim().parse().ok())
                .unwrap_or(0);
            ColumnData::Numeric(Some(scaled(v, scale)))
        }
        (_, other) => other,
    }
}

/// The same number with so many digits behind the point, of which it has no more.
fn scaled(value: Numeric, scale: u8) -> Numeric {
    let zeros = u32::from(scale.saturating_sub(value.scale()));
    Numeric::new_with_scale(value.value() * 10_i128.pow(zeros), scale)
}

fn told(problem: Problem) -> Value {
    match problem.downcast_ref::<tiberius::error::Error>() {
        Some(tiberius::error::Error::Server(e)) => {
            json!({ "error": { "text": e.message(), "number": e.code(),
            "state": e.state(), "severity": e.class(), "line": e.line(), "procedure": e.procedure() } })
        }
        _ => json!({ "error": { "text": problem.to_string() } }),
    }
}

async fn handle(connections: Connections, r: &Value) -> Result<Value, Problem> {
    let id = r["id"].as_i64().unwrap_or(0);
    if text(r, "op") == "connect" {
        let open = connect(r).await?;
        connections
            .lock()
            .await
            .insert(id, Arc::new(Mutex::new(open)));
        return Ok(json!({}));
    }
    let one = connections
        .lock()
        .await
        .get(&id)
        .cloned()
        .ok_or("no such connection")?;
    let mut open = one.lock().await;
    match text(r, "op") {
        "query" if open.timeout_s > 0 => {
            let limit = Duration::from_secs(open.timeout_s);
            match tokio::time::timeout(limit, query(&mut open, r)).await {
                Ok(answer) => answer,
                Err(_) => Ok(json!({ "cancelled": "the time is up" })),
            }
        }
        "query" => query(&mut open, r).await,
        "bulk" => bulk(&mut open, r).await,
        "close" => {
            connections.lock().await.remove(&id);
            Ok(json!({}))
        }
        other => Err(format!("unknown op {}", other).into()),
    }
}

#[tokio::main]
async fn main() -> Result<(), Problem> {
    let connections: Connections = Arc::default();
    let out = Arc::new(Mutex::new(tokio::io::stdout()));
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    while let Some(line) = lines.next_line().await? {
        let (connections, out) = (connections.clone(), out.clone());
        tokio::spawn(async move {
            let request: Value = serde_json::from_str(&line).expect("JSON");
            let to = request["to"].clone();
            let work =
                tokio::spawn(
                    async move { handle(connections, &request).await.unwrap_or_else(told) },
                );
            let mut answer = work
                .await
                .unwrap_or_else(|panic| json!({ "failed": panic.to_string() }));
            answer
                .as_object_mut()
                .unwrap_or(&mut Map::new())
                .insert("to".into(), to);
            let mut out = out.lock().await;
            out.write_all(format!("{}\n", answer).as_bytes())
                .await
                .expect("stdout");
            out.flush().await.expect("stdout");
        });
    }
    Ok(())
}
