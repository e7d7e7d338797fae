package dev.tandem.store.raft.node;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** A small authority that signs certificates, as PEM files. Made with the JDK's keytool alone. */
final class TestAuthority {
    private static final String PASSWORD = "changeit";
    private static final String CA = "ca";

    private final Path folder;

    private TestAuthority(Path folder) {
        this.folder = folder;
    }

    /** @param folder its own, made here */
    static TestAuthority create(Path folder) throws IOException {
        TestAuthority authority = new TestAuthority(Files.createDirectories(folder));
        authority.generate(CA, "-ext", "bc:c", "-ext", "ku:c=keyCertSign,cRLSign", "-validity", "2");
        write(authority.caFile(), "CERTIFICATE", authority.certificate(CA));
        return authority;
    }

    Path caFile() {
        return folder.resolve("ca.pem");
    }

    /** A key and its certificate for two days, with one DNS name in it and no address. */
    NodeTls issue(String name) throws IOException {
        return issue(name, "-1d");
    }

    /** One that was valid until yesterday. */
    NodeTls issueExpired(String name) throws IOException {
        return issue(name, "-3d");
    }

    private NodeTls issue(String name, String from) throws IOException {
        generate(name, "-signer", CA, "-ext", "SAN=dns:" + name, "-startdate", from, "-validity", "2");
        Path certificate = folder.resolve(name + ".pem");
        Path key = folder.resolve(name + "-key.pem");
        write(certificate, "CERTIFICATE", certificate(name));
        write(key, "PRIVATE KEY", key(name));
        return new NodeTls(caFile(), certificate, key);
    }

    private Path store() {
        return folder.resolve("store.p12");
    }

    private void generate(String alias, String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                alias,
                "-keyalg",
                "EC",
                "-groupname",
                "secp256r1",
                "-dname",
                "CN=" + alias,
                "-storetype",
                "PKCS12",
                "-storepass",
                PASSWORD,
                "-keystore",
                store().toString()));
        command.addAll(List.of(more));
        Process keytool = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (keytool.waitFor() != 0) {
                throw new IOException("keytool failed: " + said);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private KeyStore open() throws IOException, GeneralSecurityException {
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(store())) {
            keys.load(in, PASSWORD.toCharArray());
        }
        return keys;
    }

    private byte[] certificate(String alias) throws IOException {
        try {
            return open().getCertificate(alias).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private byte[] key(String alias) throws IOException {
        try {
            return open().getKey(alias, PASSWORD.toCharArray()).getEncoded();
        } catch (GeneralSecurityException e) {
            throw new IOException(e);
        }
    }

    private static void write(Path file, String what, byte[] bytes) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(bytes);
        Files.writeString(file, "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n");
    }
}
