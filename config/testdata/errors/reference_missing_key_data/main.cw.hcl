output "o" {
  value = data.file.a.path
}

data "file" "a" {
  for_each = toset(["x"])
  path     = each.key
}
