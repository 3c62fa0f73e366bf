"""The console: pages behind the buttons of mails, pages for operations, and how healthy the daemon is."""
