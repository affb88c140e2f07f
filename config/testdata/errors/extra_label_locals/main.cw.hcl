locals "a" {
}
