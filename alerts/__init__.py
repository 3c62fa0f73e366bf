"""What people read: deciding, rendering, sending. Knows alerts and digests; nothing of deals or tables."""
