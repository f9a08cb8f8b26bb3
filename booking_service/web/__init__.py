"""Pages and API, the outermost floor: knows actions, domain and rendering, never storage, mail or calendars."""
