"""What follows when something is paid late: states, notices, suspensions, and who may ask for them."""
