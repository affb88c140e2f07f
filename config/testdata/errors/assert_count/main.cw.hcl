assert "condition" "a" {
  count = 2
}
