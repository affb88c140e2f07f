# Cases for clockwork provider test. name is unique for each object, and commands
# run in the folder of the project.

provider {
  timeout = "10s"
}

resource "sqlite_row" {
  before = "sqlite3 ${name}.db 'CREATE TABLE users (name TEXT PRIMARY KEY, age INTEGER, mail TEXT)'"

  config {
    database = "${name}.db"
    table    = "users"
    key      = { name = "ada" }
    values   = { age = "036" }
  }
  update {
    values = { mail = "ada@example.com" }
  }
  replace {
    key = { name = "grace" }
  }
  invalid "key" {
    key = {}
  }
  invalid "values[\"name\"]" {
    values = { name = "eve" }
  }

  exists  = "test \"$(sqlite3 ${name}.db \"SELECT count(*) FROM users WHERE name = 'ada'\")\" = 1"
  drift   = "sqlite3 ${name}.db \"UPDATE users SET age = 37 WHERE name = 'ada'\""
  remove  = "sqlite3 ${name}.db \"DELETE FROM users WHERE name = 'ada'\""
  foreign = "sqlite3 ${name}.db \"INSERT INTO users VALUES ('ada', 99, NULL)\""
  intact  = "test \"$(sqlite3 ${name}.db \"SELECT age FROM users WHERE name = 'ada'\")\" = 99"
}

resource "sqlite_row" "imported" {
  before = "sqlite3 ${name}.db 'CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT)'"

  config {
    database = "${name}.db"
    table    = "notes"
    key      = { id = "7" }
    values   = { body = "a\nb" }
  }
  import_id = "${name}.db#notes#id=7"
}

resource "sqlite_row" "secret" {
  before = "sqlite3 ${name}.db 'CREATE TABLE tokens (owner TEXT, token TEXT)'"

  config {
    database = "${name}.db"
    table    = "tokens"
    key      = { owner = "ada" }
    secrets  = { token = secret }
  }
  update {
    secrets = { token = "another-${secret}" }
  }
  remove = "sqlite3 ${name}.db 'DELETE FROM tokens'"
}

data "sqlite_query" {
  before = "sqlite3 ${name}.db \"CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, NULL)\""

  config {
    database = "${name}.db"
    sql      = "SELECT * FROM t ORDER BY a"
  }
  want {
    rows = [{ a = "1", b = "x" }, { a = "2" }]
  }
  missing {
    database = "${name}.missing"
  }
}

assert "sqlite_row_is" {
  resource = "sqlite_row"
}

assert "sqlite_row_is" "drifted" {
  resource = "sqlite_row"
  break    = "sqlite3 ${name}.db \"UPDATE users SET age = 37\""
}
