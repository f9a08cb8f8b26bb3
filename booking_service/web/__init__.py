"""Pages and API: the outermost floor. It knows actions, domain and rendering; never storage, mail or calendars."""
