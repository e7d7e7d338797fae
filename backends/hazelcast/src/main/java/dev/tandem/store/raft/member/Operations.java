package dev.tandem.store.raft.member;

import com.hazelcast.internal.serialization.InternalSerializationService;
import com.hazelcast.internal.serialization.impl.ObjectDataInputStream;
import com.hazelcast.internal.serialization.impl.ObjectDataOutputStream;
import com.hazelcast.internal.serialization.impl.SerializationUtil;
import com.hazelcast.nio.ObjectDataInput;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;

/** Operations and states as Hazelcast writes them: by the factory's and the class's number, for those that have these. */
final class Operations {
    private final InternalSerializationService serialization;

    Operations(InternalSerializationService serialization) {
        this.serialization = serialization;
    }

    byte[] toBytes(Object operation) throws IOException {
        try (var out = serialization.createObjectDataOutput()) {
            out.writeObject(operation);
            return out.toByteArray();
        }
    }

    Object toObject(byte[] bytes) throws IOException {
        return read(serialization.createObjectDataInput(bytes));
    }

    void write(Object state, OutputStream to) throws IOException {
        // Not closed: the stream belongs to the caller.
        ObjectDataOutputStream out = SerializationUtil.createObjectDataOutputStream(to, serialization);
        out.writeObject(state);
        out.flush();
    }

    Object read(InputStream from) throws IOException {
        ObjectDataInputStream in =
                SerializationUtil.createObjectDataInputStream(new BufferedInputStream(from), serialization);
        return read((ObjectDataInput) in);
    }

    private static Object read(ObjectDataInput in) throws IOException {
        Object object = in.readObject();
        if (object == null) {
            throw new IOException("nothing was written");
        }
        return object;
    }
}
