clockwork {
  required_providers {
    sqlite = {
      source  = "example.com/ada/sqlite"
      version = "~> 0.1"
    }
  }
}

variable "limit" {
  type    = number
  default = 100
}

resource "sqlite_row" "limit" {
  database = "app.db"
  table    = "settings"
  key      = { name = "limit" }
  values   = { value = var.limit }
}

assert "sqlite_row_is" "limit" {
  target = sqlite_row.limit
}

data "sqlite_query" "settings" {
  database   = "app.db"
  sql        = "SELECT count(*) AS n FROM settings"
  depends_on = [sqlite_row.limit]
}

output "settings" {
  value = data.sqlite_query.settings.rows[0].n
}
