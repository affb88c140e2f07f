variable "db_port" {
  description = "The port of this machine that the database is published on."
  type        = number
  default     = 5433
}

variable "cache_port" {
  description = "The port of this machine that the cache is published on."
  type        = number
  default     = 6382
}

variable "api_port" {
  description = "The port of this machine that the API is published on."
  type        = number
  default     = 8082
}

variable "db_password" {
  description = "The password of the database's user."
  type        = string
  sensitive   = true
  default     = "only-an-example"
}
