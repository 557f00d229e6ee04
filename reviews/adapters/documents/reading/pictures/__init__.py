"""Pictures: opened, straightened, recognised, and made for a person to see."""

import os

# onnxruntime (from 1.32) tells its makers about each use, by a database in the home folder and a connection. It looks at this when it is
# imported, so it stands here, before any module of this folder can do that.
os.putenv("ORT_DISABLE_TELEMETRY", "1")
