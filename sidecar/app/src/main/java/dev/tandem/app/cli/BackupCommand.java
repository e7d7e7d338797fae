package dev.tandem.app.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** {@code tandem backup}. */
@Command(
        name = "backup",
        description = "Copies namespaces into files, and back into any store, while everything goes on.",
        footer = {
            "",
            "These commands call the admin port of a sidecar or of a store node, from its own machine or pod. A",
            "backup of one store can be imported into any other: docs/running.md tells what exactly it holds."
        })
final class BackupCommand {
    private BackupCommand() {}

    static CommandSpec make(Terminal terminal) {
        return CommandSpec.forAnnotatedObject(new BackupCommand())
                .addSubcommand("export", CommandSpec.forAnnotatedObject(new BackupExport(terminal)))
                .addSubcommand("import", CommandSpec.forAnnotatedObject(new BackupImport(terminal)))
                .addSubcommand("show", CommandSpec.forAnnotatedObject(new BackupShow(terminal)));
    }
}
