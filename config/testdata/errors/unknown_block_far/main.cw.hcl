widget "a" {
}
