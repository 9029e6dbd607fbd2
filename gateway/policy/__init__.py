"""Policy files: read safely, watched while serving, never live when wrong."""
