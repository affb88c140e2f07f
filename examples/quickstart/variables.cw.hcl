variable "team" {
  description = "Whose page it is."
  type        = string
  default     = "Night watch"

  validation {
    condition     = length(var.team) > 0
    error_message = "A team needs a name."
  }
}

variable "people" {
  description = "Who is on duty: a note is written for each."
  type = map(object({
    hours = string
  }))
  default = {
    ada   = { hours = "20-02" }
    grace = { hours = "02-08" }
  }
}
