// Where the daemon is; written from config.yaml by `stepbridge install bitwig`.
var STEPBRIDGE_PORT = "@osc_port@";
