assert "condition" "a b" {
}
