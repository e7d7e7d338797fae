package dev.tandem.store.raft.node;

import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;

/**
 * What a sidecar says of itself first.
 *
 * @param format that it speaks; if that is newer than ours, nothing behind the version is known
 * @param version the program's
 * @param name who it is, for logs
 * @param messageBytesMax the longest message that it takes
 */
record SidecarHello(int format, String version, String name, int messageBytesMax) {

    void write(DataOutput out) throws IOException {
        out.writeInt(format);
        out.writeUTF(version);
        out.writeUTF(name);
        out.writeInt(messageBytesMax);
    }

    static SidecarHello read(DataInput in) throws IOException {
        int format = in.readInt();
        String version = in.readUTF();
        return format > Wire.FORMAT
                ? new SidecarHello(format, version, "", 0)
                : new SidecarHello(format, version, in.readUTF(), in.readInt());
    }
}
