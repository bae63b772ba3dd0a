// Drives tedious: a request a line on standard input, its answer a line on standard output (clients/program.py).
'use strict';

const readline = require('readline');
const { Connection, Request, TYPES } = require('tedious');

const connections = new Map();

const ENCRYPT = { off: false, on: true, strict: 'strict' };

function connect(o) {
  return new Promise((resolve, reject) => {
    const connection = new Connection({
      server: o.host,
      authentication: { type: 'default', options: { userName: o.user, password: o.password } },
      options: {
        port: o.port,
        database: o.database,
        encrypt: ENCRYPT[o.encrypt],
        trustServerCertificate: !o.verify,
        serverName: o.verify ? 'localhost' : undefined,
        cryptoCredentialsDetails: o.verify ? { ca: require('fs').readFileSync(o.certificate) } : {},
        requestTimeout: o.timeout_s * 1000,
        connectTimeout: 30000,
        packetSize: o.packet_bytes || 4096,
        useUTC: true,
        rowCollectionOnRequestCompletion: false,
      },
    });
    const messages = [];
    connection.messages = messages;
    connection.on('infoMessage', (info) => messages.push(info));
    connection.on('error', () => {});
    connection.connect((error) => (error ? reject(error) : resolve(connection)));
  });
}

// [kind, text] of a value, in words that clients/program.py knows.
function shown(value, column) {
  if (value === null || value === undefined) return null;
  const name = column.type.name;
  if (Buffer.isBuffer(value)) return ['bytes', value.toString('hex')];
  if (typeof value === 'boolean') return ['bool', String(value)];
  if (value instanceof Date) {
    const text = value.toISOString();
    const digits = value.nanosecondsDelta ? String(Math.round(value.nanosecondsDelta * 1e7)).padStart(4, '0') : '0000';
    const precise = text.replace('Z', digits);
    if (name === 'Date') return ['date', text.slice(0, 10)];
    if (name === 'Time') return ['time', precise.slice(11)];
    return [name === 'DateTimeOffset' ? 'offset' : 'datetime', precise];
  }
  if (typeof value === 'bigint' || name === 'BigInt' || name === 'IntN') return ['int', String(value)];
  if (typeof value === 'number') return [name.startsWith('Int') || name.endsWith('Int') ? 'int' : 'float', String(value)];
  if (name === 'UniqueIdentifier') return ['uuid', value];
  return ['str', value];
}

function typed(parameter) {
  const [kind, text, declared] = parameter;
  const [, base, sizes] = /^(\w+)(?:\(([^)]*)\))?/.exec(declared);
  const options = {};
  const size = (sizes || '').split(',');
  const words = { int: 'Int', bigint: 'BigInt', smallint: 'SmallInt', tinyint: 'TinyInt', bit: 'Bit', real: 'Real', float: 'Float',
    decimal: 'Decimal', numeric: 'Numeric', money: 'Money', smallmoney: 'SmallMoney', date: 'Date', time: 'Time', datetime: 'DateTime',
    smalldatetime: 'SmallDateTime', datetime2: 'DateTime2', datetimeoffset: 'DateTimeOffset', char: 'Char', varchar: 'VarChar',
    nchar: 'NChar', nvarchar: 'NVarChar', binary: 'Binary', varbinary: 'VarBinary', uniqueidentifier: 'UniqueIdentifier' };
  if (/decimal|numeric/.test(base)) [options.precision, options.scale] = size.map(Number);
  else if (/^(time|datetime2|datetimeoffset)$/.test(base)) options.scale = Number(size[0] || 7);
  else if (/char|binary/.test(base)) options.length = size[0] === 'max' ? Infinity : Number(size[0]);
  let value = text;
  if (text !== null) {
    if (kind === 'bool') value = text === 'true';
    else if (kind === 'int') value = base === 'bigint' ? BigInt(text) : Number(text);
    else if (kind === 'float' || kind === 'decimal') value = Number(text);
    else if (kind === 'bytes') value = Buffer.from(text, 'hex');
    else if (kind === 'date') value = new Date(text + 'T00:00:00Z');
    else if (kind === 'time') value = precise('1970-01-01T' + text + 'Z');
    else if (kind === 'datetime') value = precise(text + 'Z');
    else if (kind === 'offset') value = precise(text);
  }
  return { type: TYPES[words[base]], value, options };
}

// A Date with the digits behind its milliseconds, as tedious takes them.
function precise(text) {
  const [, head, digits, zone] = /^([^.]*?)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const all = (digits || '').padEnd(7, '0');
  const date = new Date(head + '.' + all.slice(0, 3) + zone);
  date.nanosecondDelta = Number('0.000' + all.slice(3));
  return date;
}

function told(error) {
  const first = error.errors && error.errors.length ? error.errors[0] : error;
  if (error.code === 'ECANCEL' || error.code === 'ETIMEOUT') return { cancelled: error.message };
  const inner = first.originalError || first;
  return { error: { text: inner.message, number: inner.number, state: inner.state, severity: inner.class, line: inner.lineNumber,
    procedure: inner.procName || null, code: error.code } };
}

function noted(connection) {
  return connection.messages.splice(0).filter((m) => m.number !== 5701 && m.number !== 5703)
    .map((m) => ({ text: m.message, number: m.number, state: m.state, severity: m.class, line: m.lineNumber }));
}

function run(connection, o, how) {
  return new Promise((resolve) => {
    const results = [];
    const outputs = {};
    let status = null;
    connection.messages.length = 0;
    const request = new Request(o.sql || o.procedure, (error) => {
      const answer = { results, outputs, status, messages: noted(connection) };
      resolve(error ? { ...answer, ...told(error) } : answer);
    });
    request.on('columnMetadata', (columns) => results.push({ columns: columns.map((c) => c.colName), rows: [] }));
    request.on('row', (row) => results[results.length - 1].rows.push(row.map((cell) => shown(cell.value, cell.metadata))));
    request.on('returnValue', (name, value, metadata) => { outputs[name] = shown(value, metadata); });
    request.on('doneProc', (count, more, returned) => { if (returned !== undefined) status = returned; });
    (o.parameters || []).forEach((parameter, n) => {
      const { type, value, options } = typed(parameter);
      request.addParameter(parameter[3] || 'p' + (n + 1), type, value, options);
    });
    for (const [name, declared] of Object.entries(o.outputs || {})) {
      const { type, options } = typed(['', null, declared]);
      request.addOutputParameter(name, type, undefined, options);
    }
    if (o.cancel_ms) setTimeout(() => connection.cancel(), o.cancel_ms);
    connection[how](request);
  });
}

function transaction(connection, how) {
  return new Promise((resolve) => connection[how]((error) => resolve(error ? told(error) : {})));
}

function reset(connection) {
  return new Promise((resolve) => connection.reset((error) => resolve(error ? told(error) : {})));
}

function prepared(connection, o) {
  return new Promise((resolve) => {
    const results = [];
    let next = 0;
    let over = false;
    const request = new Request(o.sql, (error) => {
      if (error) resolve(told(error));
      else if (over) resolve({ results });
      else if (next < o.rows.length) execute();
      else {
        over = true;
        connection.unprepare(request);
      }
    });
    request.on('columnMetadata', (columns) => results.push({ columns: columns.map((c) => c.colName), rows: [] }));
    request.on('row', (row) => results[results.length - 1].rows.push(row.map((cell) => shown(cell.value, cell.metadata))));
    o.rows[0].forEach((parameter, n) => {
      const { type, options } = typed(parameter);
      request.addParameter('p' + (n + 1), type, undefined, options);
    });
    const execute = () => {
      const values = {};
      o.rows[next++].forEach((parameter, n) => { values['p' + (n + 1)] = typed(parameter).value; });
      connection.execute(request, values);
    };
    request.on('prepared', execute);
    connection.prepare(request);
  });
}

function bulk(connection, o) {
  return new Promise((resolve) => {
    const load = connection.newBulkLoad(o.table, { keepNulls: true }, (error) => resolve(error ? told(error) : {}));
    const kinds = o.columns.map(([name, declared]) => {
      const { type, options } = typed(['', null, declared]);
      load.addColumn(name, type, { ...options, nullable: true });
      return declared;
    });
    const rows = (function* all() {
      for (const row of o.rows) yield row.map((cell, n) => (cell === null ? null : typed([...cell, kinds[n]]).value));
    }());
    connection.execBulkLoad(load, rows);
  });
}

// Connections at once, each with its own statement.
async function many(o) {
  const all = await Promise.all(Array.from({ length: o.count }, () => connect(o)));
  const answers = await Promise.all(all.map((connection, n) => run(connection, { sql: `SELECT ${n} AS n` }, 'execSql')));
  all.forEach((connection) => connection.close());
  return { results: answers.map((answer) => answer.results[0]) };
}

async function handle(o) {
  if (o.op === 'connect') {
    try {
      connections.set(o.id, await connect(o));
      return {};
    } catch (error) {
      return told(error);
    }
  }
  if (o.op === 'many') return many(o);
  const connection = connections.get(o.id);
  switch (o.op) {
    case 'query': return run(connection, o, o.parameters && o.parameters.length ? 'execSql' : 'execSqlBatch');
    case 'call': return run(connection, o, 'callProcedure');
    case 'prepared': return prepared(connection, o);
    case 'bulk': return bulk(connection, o);
    case 'begin': return transaction(connection, 'beginTransaction');
    case 'commit': return transaction(connection, 'commitTransaction');
    case 'rollback': return transaction(connection, 'rollbackTransaction');
    case 'reset': return reset(connection);
    case 'close':
      connections.delete(o.id);
      return new Promise((resolve) => { connection.on('end', () => resolve({})); connection.close(); });
    default: throw new Error('unknown op ' + o.op);
  }
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    const request = JSON.parse(line);
    handle(request).catch((error) => ({ failed: String(error.stack) }))
      .then((answer) => process.stdout.write(JSON.stringify({ ...answer, to: request.to }) + '\n'));
  }
  process.exit(0);
}

main();
