output "a" {
  value = 1
  senstive = true
}
