package dev.tandem.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisProcessTest {
    @TempDir
    private Path folder;

    @Test
    void program_noneOnThePath_saysWhatToDo() {
        assertThatThrownBy(() -> RedisProcess.program(null, folder.toString()))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("there is no redis-server on the PATH")
                .hasMessageContaining("TANDEM_REDIS_SERVER");
        assertThatThrownBy(() -> RedisProcess.program(null, null)).isInstanceOf(BenchException.class);
    }

    @Test
    void program_severalOnThePath_isTheFirstThatCanBeRun() throws IOException {
        Path first = Files.createDirectory(folder.resolve("first"));
        Path second = Files.createDirectory(folder.resolve("second"));
        Files.createFile(first.resolve("redis-server")); // not executable
        Path good = Files.createFile(second.resolve("valkey-server"));
        assertThat(good.toFile().setExecutable(true)).isTrue();

        assertThat(RedisProcess.program(null, first + File.pathSeparator + second))
                .isEqualTo(good);
    }

    @Test
    void program_namedButNotThere_isRefused() {
        assertThatThrownBy(() -> RedisProcess.program(folder.resolve("nothing"), "/usr/bin"))
                .hasMessageContaining("can't run " + folder.resolve("nothing"))
                .hasMessageContaining("--redis-server");
    }

    @Test
    void login_fromTheEnvironment_isThatOfTheSidecar() throws IOException {
        Path file = Files.writeString(folder.resolve("password"), "from the file\n");

        RedisLogin byFile = RedisLogin.of(
                Map.of("TANDEM_REDIS_USER", "tandem", "TANDEM_REDIS_PASSWORD_FILE", file.toString())::get);

        assertThat(byFile.credentials().user()).isEqualTo("tandem");
        assertThat(byFile.credentials().password()).isEqualTo("from the file");
        assertThat(RedisLogin.of(Map.of("TANDEM_REDIS_PASSWORD", "secret")::get)
                        .credentials()
                        .password())
                .isEqualTo("secret");
        assertThat(RedisLogin.of(name -> null)).isEqualTo(RedisLogin.NONE);
        assertThatThrownBy(() -> RedisLogin.of(Map.of("TANDEM_REDIS_USER", "tandem")::get))
                .isInstanceOf(BenchException.class)
                .hasMessageContaining("needs a password");
    }
}
