output "page" {
  description = "Where the page is."
  value       = file_template.index.path
}

output "notes" {
  description = "The checksum of every note."
  value       = { for name, note in file.note : name => note.sha256 }
}
