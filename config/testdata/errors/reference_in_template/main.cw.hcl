output "o" {
  value = "${var.a}-${upper(local.b)}"
}
