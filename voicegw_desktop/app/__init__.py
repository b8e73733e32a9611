"""The tray application: views over a gateway that runs inside it or beside it. The only room with Qt."""
