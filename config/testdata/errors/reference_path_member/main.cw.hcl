output "o" {
  value = path.modul
}
