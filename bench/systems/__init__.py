"""The servers under measurement: started, weighed, and described."""
