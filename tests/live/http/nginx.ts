/** The configuration of the web server: one process, everything it writes in one folder. */
export function nginxConfig(directory: string, port: number, originPort: number, address = "127.0.0.1"): string {
  return `
daemon off;
master_process off;
pid ${directory}/nginx/pid;
error_log stderr warn;
events {}
http {
  access_log off;
  default_type text/plain;
  client_body_temp_path ${directory}/nginx/body;
  proxy_temp_path ${directory}/nginx/proxy;
  fastcgi_temp_path ${directory}/nginx/fastcgi;
  uwsgi_temp_path ${directory}/nginx/uwsgi;
  scgi_temp_path ${directory}/nginx/scgi;
  client_max_body_size 100k;
  server {
    listen ${address}:${port};
    root ${directory}/www;
    location /gzip/ { alias ${directory}/www/; gzip on; gzip_types text/plain; gzip_min_length 1; } # so it is chunked
    location /upload/ { dav_methods PUT DELETE; create_full_put_path on; }
    location = /nothing { return 204; }
    location = /moved { return 302 /hello.txt; }
    location = /websocket {
      proxy_pass http://127.0.0.1:${originPort};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
    }
  }
}
`;
}
