assert "file_exists" "all" {
  for_each = file_template.site
  target   = file_template.site[each.key]
}

assert "file_content_matches" "port" {
  for_each = var.sites
  target   = file_template.site[each.key]
  regex    = "listen ${each.value.port};"
}

assert "command" "check" {
  target  = file.check
  command = ["sh", file.check.path]
  stdout  = "server_name"
}

assert "condition" "ports" {
  condition     = length(distinct([for site in var.sites : site.port])) == length(var.sites)
  error_message = "Two sites have the same port."
}

output "files" {
  description = "Where each site's settings are."
  value       = { for name, site in file_template.site : name => site.path }
}
