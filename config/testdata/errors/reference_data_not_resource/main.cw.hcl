output "o" {
  value = file.readme.path
}

data "file" "readme" {
  path = "x"
}
