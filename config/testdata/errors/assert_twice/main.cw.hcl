assert "condition" "a" {
}
assert "condition" "a" {
}
