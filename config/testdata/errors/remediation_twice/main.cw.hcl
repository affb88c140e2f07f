remediation "a" {
}
remediation "a" {
}
