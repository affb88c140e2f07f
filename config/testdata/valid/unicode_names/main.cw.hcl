locals {
  größe = 1
}

resource "file" "übung" {
  path = "x${local.größe}"
}

output "o" {
  value = file.übung.path
}
