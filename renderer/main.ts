/** The window's entry: one Vue application on one page. */
import { createPinia } from 'pinia'
import { createApp } from 'vue'
import App from './App.vue'
import './styles/index.css'

createApp(App).use(createPinia()).mount('#app')
