assert "condition" "a" {
  depends_on = []
}
