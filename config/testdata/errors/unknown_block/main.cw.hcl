resorce "file" "a" {
}
