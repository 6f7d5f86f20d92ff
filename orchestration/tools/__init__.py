"""What people call now and then, apart from any night."""
