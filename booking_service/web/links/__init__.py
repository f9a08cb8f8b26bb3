"""Pages for whoever holds a mailed link or a waiting page. They are never kept."""
