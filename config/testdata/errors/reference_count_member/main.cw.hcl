output "o" {
  value = count.idx
}
