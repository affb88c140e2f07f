clockwork {
  required_providers {
    properties = {
      source  = "example.com/acme/properties"
      version = "~> 0.1"
    }
  }
}

resource "properties_entry" "port" {
  file  = "app.properties"
  key   = "server.port"
  value = "8080"
}

assert "entry_is" "port" {
  target = properties_entry.port
}
