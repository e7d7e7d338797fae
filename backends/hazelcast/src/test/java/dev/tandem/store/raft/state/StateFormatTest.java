package dev.tandem.store.raft.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.tandem.store.TaskStore;
import dev.tandem.task.CodecException;
import dev.tandem.task.Limits;
import dev.tandem.testkit.ModelBasedTest;
import io.vertx.core.Vertx;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;

/** Random commands on a table that is written down and read again all the time. */
class StateFormatTest extends ModelBasedTest {
    @Override
    protected TaskStore open(Vertx vertx) {
        return new ViewTaskStore(vertx, 5, table -> {
            byte[] written = bytes(table.view());
            StateTable read = read(written);
            assertThat(bytes(read.view()))
                    .as("what is read is what was written")
                    .isEqualTo(written);
            return read;
        });
    }

    private static byte[] bytes(StateView view) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try {
            StateFormat.write(view, new DataOutputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static StateTable read(byte[] bytes) {
        try {
            return StateFormat.read(
                    new DataInputStream(new ByteArrayInputStream(bytes)), Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void newerFormat_isRefused() {
        byte[] bytes = bytes(new StateTable(1).view());
        bytes[3] = 2;

        assertThatThrownBy(() -> read(bytes))
                .isInstanceOf(CodecException.class)
                .hasMessageContaining("format 2")
                .hasMessageContaining("use the version that wrote it");
    }
}
