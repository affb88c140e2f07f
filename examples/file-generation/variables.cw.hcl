variable "folder" {
  description = "Where everything is written."
  type        = string
  default     = "generated"
}

variable "sites" {
  description = "The sites, by their names."
  type = map(object({
    port    = optional(number, 80)
    aliases = optional(list(string), [])
  }))
  default = {
    "blog.example" = { aliases = ["www.blog.example"] }
    "shop.example" = { port = 8080 }
  }

  validation {
    condition     = alltrue([for site in var.sites : site.port > 0 && site.port < 65536])
    error_message = "A port is a number from 1 to 65535."
  }
}

variable "token" {
  description = "What the sites show to the API."
  type        = string
  sensitive   = true
  default     = "only-an-example"
}
