package dev.tandem.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code tandem backup export --data-folder} says when it can't; {@code NodesLostTest} has it do what it is for. */
class StoppedExportTest {
    @TempDir
    Path folder;

    private Run export(String... folders) {
        String[] arguments = new String[4 + 2 * folders.length];
        arguments[0] = "backup";
        arguments[1] = "export";
        arguments[2] = "--output";
        arguments[3] = folder.resolve("out").toString();
        for (int i = 0; i < folders.length; i++) {
            arguments[4 + 2 * i] = "--data-folder";
            arguments[5 + 2 * i] = folders[i];
        }
        return Run.of(arguments);
    }

    @Test
    void export_noDataFolder_isRefusedAndNothingIsWritten() throws Exception {
        String nowhere = folder.resolve("nowhere").toString();
        assertThat(export(nowhere))
                .isEqualTo(new Run(
                        2,
                        "",
                        "tandem: " + nowhere + " does not exist. Name the folder that the member was started with\n"));
        Path letters = Files.createDirectory(folder.resolve("letters")).toRealPath();
        Files.writeString(letters.resolve("letter"), "dear");
        assertThat(export(letters.toString()).err())
                .startsWith("tandem: " + letters + " has no file meta and is not a member's data folder.");
        assertThat(folder.resolve("out")).doesNotExist();
        assertThat(folder.resolve("out.partial")).doesNotExist();
        assertThat(letters).isDirectoryContaining(file -> file.endsWith("letter"));
    }

    @Test
    void export_fileThatIsThere_isRefusedBeforeAnythingIsRead() throws Exception {
        Path there = Files.writeString(folder.resolve("out"), "of last night");
        Run refused = export(folder.resolve("nowhere").toString());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("is there already");
        assertThat(there).hasContent("of last night");
    }
}
