"""What the tests share: servers, terminals, screens, logins, and clocks."""
