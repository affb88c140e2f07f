variable "a" {
  sensitive = "very"
}
