"""`seawall demo`: a gateway, a sample room and a live view of what happens between them."""
