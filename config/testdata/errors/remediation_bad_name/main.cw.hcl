remediation "a b" {
}
