clockwork {
  required_version = "< 2"
  required_providers {
    other = { source = "localhost:8080/acme/other" }
    docker = {}
  }
  service {
    required = true
  }
}

resource "acme_thing" "a" {
}

resource "other_thing" "a" {
}
