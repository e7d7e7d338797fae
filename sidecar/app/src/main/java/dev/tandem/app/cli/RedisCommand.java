package dev.tandem.app.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tandem redis}. */
@Command(
        name = "redis",
        description = "Looks after tasks in Redis: shows how they are kept, and accepts writes that Redis has lost.",
        footer = {
            "",
            "These commands do not call a sidecar. They go to Redis themselves, as a sidecar with the same",
            "configuration would: by --config, TANDEM_* variables, --store and the --redis flags."
        })
final class RedisCommand {
    private RedisCommand() {}

    static CommandSpec make(Terminal terminal) {
        return CommandSpec.forAnnotatedObject(new RedisCommand())
                .addSubcommand(
                        "status",
                        withFlags(
                                new RedisStatus(terminal),
                                "tandem redis status [--json] [-n=NAME] [--config=FILE] [--store=ADDRESS] [--redis-KEY=VALUE]..."))
                .addSubcommand(
                        "accept-loss",
                        withFlags(
                                new RedisAcceptLoss(terminal),
                                "tandem redis accept-loss -n=NAME [--yes] [--json] [--config=FILE] [--store=ADDRESS] [--redis-KEY=VALUE]..."));
    }

    private static CommandSpec withFlags(Object command, String synopsis) {
        CommandSpec spec = CommandSpec.forAnnotatedObject(command);
        ConfigFlags.addTo(
                spec, synopsis, key -> key.name().equals("store") || key.name().startsWith("redis."));
        return spec;
    }
}
